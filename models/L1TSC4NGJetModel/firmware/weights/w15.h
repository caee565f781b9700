//Numpy array shape [1, 1, 16]
//Min 1.000000000000
//Max 1.000000000000
//Number of zeros 0

#ifndef W15_H_
#define W15_H_

namespace hls4ml_L1TSC4NGJetModel {

z0_mean_everywhere_weight_t w15[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

}


#endif
