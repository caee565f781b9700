//Numpy array shape [8]
//Min -0.359375000000
//Max 0.359375000000
//Number of zeros 1

#ifndef B19_H_
#define B19_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b19[8] = {-0.250000, 0.000000, 0.125000, -0.359375, 0.328125, 0.296875, 0.359375, -0.296875};

}


#endif
