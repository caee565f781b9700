//Numpy array shape [1]
//Min 0.125000000000
//Max 0.125000000000
//Number of zeros 0

#ifndef B25_H_
#define B25_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_bias_t b25[1] = {0.125};

}


#endif
