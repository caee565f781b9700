//Numpy array shape [1]
//Min 0.109375000000
//Max 0.109375000000
//Number of zeros 0

#ifndef B24_H_
#define B24_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_bias_t b24[1] = {0.109375};

}


#endif
