//Numpy array shape [1, 20, 1]
//Min 0.000000000000
//Max 1.000000000000
//Number of zeros 14

#ifndef W4_H_
#define W4_H_

namespace hls4ml_L1TSC4NGJetModel {

charged_weight_t w4[20] = {0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.25, 0.25, 0.25, 0.25, 0.00, 1.00, 1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00};

}


#endif
