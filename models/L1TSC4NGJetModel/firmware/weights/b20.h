//Numpy array shape [10]
//Min -0.265625000000
//Max 0.125000000000
//Number of zeros 0

#ifndef B20_H_
#define B20_H_

namespace hls4ml_L1TSC4NGJetModel {

pt_0_bias_t b20[10] = {0.125000, -0.265625, 0.109375, 0.093750, -0.062500, -0.078125, -0.078125, 0.109375, 0.125000, 0.093750};

}


#endif
