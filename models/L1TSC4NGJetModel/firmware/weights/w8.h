//Numpy array shape [1, 16, 1]
//Min 1.000000000000
//Max 1.000000000000
//Number of zeros 0

#ifndef W8_H_
#define W8_H_

namespace hls4ml_L1TSC4NGJetModel {

charged_count_weight_t w8[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

}


#endif
