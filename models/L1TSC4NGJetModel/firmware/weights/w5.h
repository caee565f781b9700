//Numpy array shape [1, 20, 1]
//Min 0.000000000000
//Max 4.000000000000
//Number of zeros 19

#ifndef W5_H_
#define W5_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_weight_t w5[20] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0};

}


#endif
