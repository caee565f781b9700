//Numpy array shape [8]
//Min -0.328125000000
//Max 0.468750000000
//Number of zeros 0

#ifndef B27_H_
#define B27_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b27[8] = {-0.1250000, 0.4062500, 0.2187500, -0.3203125, -0.1875000, 0.4687500, -0.2343750, -0.3281250};

}


#endif
