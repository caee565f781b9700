//Numpy array shape [1, 1, 21]
//Min 0.000000000000
//Max 1.000000000000
//Number of zeros 20

#ifndef W24_H_
#define W24_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_last_weight_t w24[21] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}


#endif
