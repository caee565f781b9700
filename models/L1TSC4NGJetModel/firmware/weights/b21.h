//Numpy array shape [10]
//Min -0.445312500000
//Max 0.273437500000
//Number of zeros 0

#ifndef B21_H_
#define B21_H_

namespace hls4ml_L1TSC4NGJetModel {

pt_0_bias_t b21[10] = {0.0078125, -0.4453125, 0.0468750, -0.0546875, -0.0625000, -0.0937500, -0.1875000, 0.0781250, 0.2734375, 0.0703125};

}


#endif
