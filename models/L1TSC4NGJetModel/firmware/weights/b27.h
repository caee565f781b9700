//Numpy array shape [8]
//Min -0.703125000000
//Max 0.656250000000
//Number of zeros 2

#ifndef B27_H_
#define B27_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b27[8] = {0.000000, -0.031250, 0.656250, -0.703125, -0.343750, 0.000000, 0.015625, -0.406250};

}


#endif
