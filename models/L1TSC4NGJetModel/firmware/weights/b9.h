//Numpy array shape [1]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 1

#ifndef B9_H_
#define B9_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_sum_bias_t b9[1] = {0};

}


#endif
