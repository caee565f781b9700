//Numpy array shape [16, 1]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 16

#ifndef B5_H_
#define B5_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_bias_t b5[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
