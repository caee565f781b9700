//Numpy array shape [10, 1]
//Min -0.531250000000
//Max 0.578125000000
//Number of zeros 0

#ifndef W24_H_
#define W24_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_weight_t w24[10] = {0.312500, -0.187500, 0.421875, -0.421875, -0.375000, -0.531250, -0.140625, 0.578125, 0.218750, 0.203125};

}


#endif
