//Numpy array shape [8]
//Min -0.164062500000
//Max 0.156250000000
//Number of zeros 0

#ifndef B19_H_
#define B19_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b19[8] = {-0.0468750, 0.1015625, 0.0390625, -0.1640625, -0.0390625, -0.0312500, 0.1562500, -0.0078125};

}


#endif
