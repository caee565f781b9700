//Numpy array shape [1]
//Min 0.765625000000
//Max 0.765625000000
//Number of zeros 0

#ifndef B33_H_
#define B33_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_bias_t b33[1] = {0.765625};

}


#endif
