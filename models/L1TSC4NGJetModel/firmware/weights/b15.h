//Numpy array shape [1, 16]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 16

#ifndef B15_H_
#define B15_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_mean_everywhere_bias_t b15[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
