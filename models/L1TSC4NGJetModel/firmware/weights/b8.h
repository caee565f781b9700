//Numpy array shape [1]
//Min 0.000000000000
//Max 0.000000000000
//Number of zeros 1

#ifndef B8_H_
#define B8_H_

namespace hls4ml_L1TSC4NGJetModel {

charged_count_bias_t b8[1] = {0};

}


#endif
