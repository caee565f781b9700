//Numpy array shape [10, 1]
//Min -0.625000000000
//Max 0.531250000000
//Number of zeros 1

#ifndef W24_H_
#define W24_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_weight_t w24[10] = {0.218750, 0.000000, 0.406250, -0.343750, -0.625000, -0.375000, -0.171875, 0.531250, 0.187500, 0.234375};

}


#endif
