//Numpy array shape [8]
//Min -0.343750000000
//Max 0.203125000000
//Number of zeros 0

#ifndef B19_H_
#define B19_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b19[8] = {-0.109375, -0.187500, 0.031250, -0.343750, 0.187500, 0.187500, 0.203125, 0.187500};

}


#endif
