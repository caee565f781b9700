//Numpy array shape [24]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 24

#ifndef B6_H_
#define B6_H_

namespace hls4ml_L1TSC4NGJetModel {

particle_0_context_bias_t b6[24] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
