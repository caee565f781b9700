//Numpy array shape [1]
//Min 0.828125000000
//Max 0.828125000000
//Number of zeros 0

#ifndef B55_H_
#define B55_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_bias_t b55[1] = {0.828125};

}


#endif
