//Numpy array shape [1, 16, 2]
//Min 0.000000000000
//Max 1.000000000000
//Number of zeros 30

#ifndef W26_H_
#define W26_H_

namespace hls4ml_L1TSC4NGJetModel {

particle_0_leading_weight_t w26[32] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}


#endif
