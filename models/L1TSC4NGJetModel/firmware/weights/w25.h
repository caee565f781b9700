//Numpy array shape [10, 1]
//Min -0.656250000000
//Max 0.546875000000
//Number of zeros 0

#ifndef W25_H_
#define W25_H_

namespace hls4ml_L1TSC4NGJetModel {

pT_output_weight_t w25[10] = {0.1953125, -0.3437500, 0.3906250, -0.4531250, -0.6562500, -0.4687500, 0.4218750, 0.5468750, 0.4765625, 0.3281250};

}


#endif
