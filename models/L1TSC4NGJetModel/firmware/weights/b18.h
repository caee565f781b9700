//Numpy array shape [8]
//Min -0.187500000000
//Max 0.156250000000
//Number of zeros 0

#ifndef B18_H_
#define B18_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b18[8] = {0.015625, 0.156250, -0.078125, -0.187500, -0.109375, 0.062500, 0.015625, 0.062500};

}


#endif
