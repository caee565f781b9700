//Numpy array shape [1, 16, 1]
//Min 1.000000000000
//Max 1.000000000000
//Number of zeros 0

#ifndef W9_H_
#define W9_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_sum_weight_t w9[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

}


#endif
