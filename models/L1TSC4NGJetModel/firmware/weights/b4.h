//Numpy array shape [20, 2]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 40

#ifndef B4_H_
#define B4_H_

namespace hls4ml_L1TSC4NGJetModel {

particle_0_leading_bias_t b4[40] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
