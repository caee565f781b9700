//Numpy array shape [8]
//Min -0.687500000000
//Max 0.828125000000
//Number of zeros 1

#ifndef B49_H_
#define B49_H_

namespace hls4ml_L1TSC4NGJetModel {

class_logits_bias_t b49[8] = {-0.19921875, -0.07031250, 0.82812500, -0.68750000, -0.06250000, 0.00000000, -0.50781250, -0.03125000};

}


#endif
