//Numpy array shape [8]
//Min -0.312500000000
//Max 0.187500000000
//Number of zeros 0

#ifndef B27_H_
#define B27_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b27[8] = {-0.093750, 0.125000, 0.125000, -0.312500, 0.187500, 0.171875, 0.015625, -0.031250};

}


#endif
