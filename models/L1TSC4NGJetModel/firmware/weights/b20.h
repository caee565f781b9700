//Numpy array shape [10]
//Min -0.343750000000
//Max 0.218750000000
//Number of zeros 0

#ifndef B20_H_
#define B20_H_

namespace hls4ml_L1TSC4NGJetModel {

pt_0_bias_t b20[10] = {0.218750, -0.093750, 0.203125, -0.343750, -0.062500, -0.125000, -0.234375, 0.187500, 0.187500, 0.171875};

}


#endif
