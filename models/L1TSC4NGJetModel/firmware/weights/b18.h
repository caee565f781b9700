//Numpy array shape [8]
//Min -0.171875000000
//Max 0.140625000000
//Number of zeros 0

#ifndef B18_H_
#define B18_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b18[8] = {-0.171875, 0.140625, 0.109375, 0.125000, -0.156250, -0.109375, -0.015625, -0.015625};

}


#endif
