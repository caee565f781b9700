//Numpy array shape [21, 2]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 42

#ifndef B26_H_
#define B26_H_

namespace hls4ml_L1TSC4NGJetModel {

particle_0_leading_bias_t b26[42] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
