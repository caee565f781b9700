#ifndef PARAMETERS_H_
#define PARAMETERS_H_

#include "ap_fixed.h"
#include "ap_int.h"

#include "nnet_utils/nnet_code_gen.h"
#include "nnet_utils/nnet_helpers.h"
// hls-fpga-machine-learning insert includes
#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "nnet_utils/nnet_dense.h"
#include "nnet_utils/nnet_dense_compressed.h"
#include "nnet_utils/nnet_dense_stream.h"
#include "nnet_utils/nnet_einsum_dense.h"
#include "nnet_utils/nnet_merge.h"
#include "nnet_utils/nnet_merge_stream.h"
#include "nnet_utils/nnet_pooling.h"
#include "nnet_utils/nnet_pooling_stream.h"

// hls-fpga-machine-learning insert weights
#include "weights/w3.h"
#include "weights/b3.h"
#include "weights/w4.h"
#include "weights/b4.h"
#include "weights/w5.h"
#include "weights/b5.h"
#include "weights/w8.h"
#include "weights/b8.h"
#include "weights/w9.h"
#include "weights/b9.h"
#include "weights/table11.h"
#include "weights/w15.h"
#include "weights/b15.h"
#include "weights/table20.h"
#include "weights/w23.h"
#include "weights/b23.h"
#include "weights/w24.h"
#include "weights/b24.h"
#include "weights/w26.h"
#include "weights/b26.h"
#include "weights/w28.h"
#include "weights/b28.h"
#include "weights/w30.h"
#include "weights/b30.h"
#include "weights/w31.h"
#include "weights/b31.h"
#include "weights/w35.h"
#include "weights/b35.h"
#include "weights/w38.h"
#include "weights/b38.h"
#include "weights/w43.h"
#include "weights/b43.h"
#include "weights/w46.h"
#include "weights/b46.h"
#include "weights/w49.h"
#include "weights/b49.h"
#include "weights/w51.h"
#include "weights/b51.h"
#include "weights/w55.h"
#include "weights/b55.h"

namespace hls4ml_L1TSC4NGJetModel {

// hls-fpga-machine-learning insert layer-config
// scale
struct config3_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_inp_from_shape[2] = {16, 20};
unsigned config3_tpose_inp_to_shape[2] = {16, 20};
unsigned config3_tpose_inp_perm[2] = {0, 1};
unsigned config3_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config3_tpose_inp::from_shape = config3_tpose_inp_from_shape;
const unsigned* const config3_tpose_inp::to_shape = config3_tpose_inp_to_shape;
const unsigned* const config3_tpose_inp::perm = config3_tpose_inp_perm;
const unsigned* const config3_tpose_inp::perm_strides = config3_tpose_inp_perm_strides;


struct config3_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_out_from_shape[2] = {16, 20};
unsigned config3_tpose_out_to_shape[2] = {16, 20};
unsigned config3_tpose_out_perm[2] = {0, 1};
unsigned config3_tpose_out_perm_strides[2] = {20, 1};

const unsigned* const config3_tpose_out::from_shape = config3_tpose_out_from_shape;
const unsigned* const config3_tpose_out::to_shape = config3_tpose_out_to_shape;
const unsigned* const config3_tpose_out::perm = config3_tpose_out_perm;
const unsigned* const config3_tpose_out::perm_strides = config3_tpose_out_perm_strides;


struct config3_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 20;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 380;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef scale_accum_t accum_t;
    typedef scale_bias_t bias_t;
    typedef scale_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config3 {
    typedef config3_tpose_inp tpose_inp_conf;
    typedef config3_tpose_out tpose_out_conf;

    typedef scale_accum_t accum_t;
    typedef scale_bias_t bias_t;

    typedef config3_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 20;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// charged
struct config4_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_inp_from_shape[2] = {16, 20};
unsigned config4_tpose_inp_to_shape[2] = {16, 20};
unsigned config4_tpose_inp_perm[2] = {0, 1};
unsigned config4_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config4_tpose_inp::from_shape = config4_tpose_inp_from_shape;
const unsigned* const config4_tpose_inp::to_shape = config4_tpose_inp_to_shape;
const unsigned* const config4_tpose_inp::perm = config4_tpose_inp_perm;
const unsigned* const config4_tpose_inp::perm_strides = config4_tpose_inp_perm_strides;


struct config4_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_out_from_shape[2] = {16, 1};
unsigned config4_tpose_out_to_shape[2] = {16, 1};
unsigned config4_tpose_out_perm[2] = {0, 1};
unsigned config4_tpose_out_perm_strides[2] = {1, 1};

const unsigned* const config4_tpose_out::from_shape = config4_tpose_out_from_shape;
const unsigned* const config4_tpose_out::to_shape = config4_tpose_out_to_shape;
const unsigned* const config4_tpose_out::perm = config4_tpose_out_perm;
const unsigned* const config4_tpose_out::perm_strides = config4_tpose_out_perm_strides;


struct config4_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 14;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef charged_accum_t accum_t;
    typedef charged_bias_t bias_t;
    typedef charged_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config4 {
    typedef config4_tpose_inp tpose_inp_conf;
    typedef config4_tpose_out tpose_out_conf;

    typedef charged_accum_t accum_t;
    typedef charged_bias_t bias_t;

    typedef config4_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 1;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// z0
struct config5_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config5_tpose_inp_from_shape[2] = {16, 20};
unsigned config5_tpose_inp_to_shape[2] = {16, 20};
unsigned config5_tpose_inp_perm[2] = {0, 1};
unsigned config5_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config5_tpose_inp::from_shape = config5_tpose_inp_from_shape;
const unsigned* const config5_tpose_inp::to_shape = config5_tpose_inp_to_shape;
const unsigned* const config5_tpose_inp::perm = config5_tpose_inp_perm;
const unsigned* const config5_tpose_inp::perm_strides = config5_tpose_inp_perm_strides;


struct config5_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config5_tpose_out_from_shape[2] = {16, 1};
unsigned config5_tpose_out_to_shape[2] = {16, 1};
unsigned config5_tpose_out_perm[2] = {0, 1};
unsigned config5_tpose_out_perm_strides[2] = {1, 1};

const unsigned* const config5_tpose_out::from_shape = config5_tpose_out_from_shape;
const unsigned* const config5_tpose_out::to_shape = config5_tpose_out_to_shape;
const unsigned* const config5_tpose_out::perm = config5_tpose_out_perm;
const unsigned* const config5_tpose_out::perm_strides = config5_tpose_out_perm_strides;


struct config5_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 19;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef z0_accum_t accum_t;
    typedef z0_bias_t bias_t;
    typedef z0_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config5 {
    typedef config5_tpose_inp tpose_inp_conf;
    typedef config5_tpose_out tpose_out_conf;

    typedef z0_accum_t accum_t;
    typedef z0_bias_t bias_t;

    typedef config5_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 1;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// charged_count
struct config8_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config8_tpose_inp_from_shape[2] = {16, 1};
unsigned config8_tpose_inp_to_shape[2] = {16, 1};
unsigned config8_tpose_inp_perm[2] = {0, 1};
unsigned config8_tpose_inp_perm_strides[2] = {1, 1};

const unsigned* const config8_tpose_inp::from_shape = config8_tpose_inp_from_shape;
const unsigned* const config8_tpose_inp::to_shape = config8_tpose_inp_to_shape;
const unsigned* const config8_tpose_inp::perm = config8_tpose_inp_perm;
const unsigned* const config8_tpose_inp::perm_strides = config8_tpose_inp_perm_strides;


struct config8_tpose_out {
    static const unsigned dims = 1;
    static const unsigned N = 1;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config8_tpose_out_from_shape[1] = {1};
unsigned config8_tpose_out_to_shape[1] = {1};
unsigned config8_tpose_out_perm[1] = {0};
unsigned config8_tpose_out_perm_strides[1] = {1};

const unsigned* const config8_tpose_out::from_shape = config8_tpose_out_from_shape;
const unsigned* const config8_tpose_out::to_shape = config8_tpose_out_to_shape;
const unsigned* const config8_tpose_out::perm = config8_tpose_out_perm;
const unsigned* const config8_tpose_out::perm_strides = config8_tpose_out_perm_strides;


struct config8_dense : nnet::dense_config {
    static const unsigned n_in = 16;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 0;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef charged_count_accum_t accum_t;
    typedef charged_count_bias_t bias_t;
    typedef charged_count_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config8 {
    typedef config8_tpose_inp tpose_inp_conf;
    typedef config8_tpose_out tpose_out_conf;

    typedef charged_count_accum_t accum_t;
    typedef charged_count_bias_t bias_t;

    typedef config8_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 1;
    static const unsigned n_contract = 16;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// z0_sum
struct config9_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config9_tpose_inp_from_shape[2] = {16, 1};
unsigned config9_tpose_inp_to_shape[2] = {16, 1};
unsigned config9_tpose_inp_perm[2] = {0, 1};
unsigned config9_tpose_inp_perm_strides[2] = {1, 1};

const unsigned* const config9_tpose_inp::from_shape = config9_tpose_inp_from_shape;
const unsigned* const config9_tpose_inp::to_shape = config9_tpose_inp_to_shape;
const unsigned* const config9_tpose_inp::perm = config9_tpose_inp_perm;
const unsigned* const config9_tpose_inp::perm_strides = config9_tpose_inp_perm_strides;


struct config9_tpose_out {
    static const unsigned dims = 1;
    static const unsigned N = 1;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config9_tpose_out_from_shape[1] = {1};
unsigned config9_tpose_out_to_shape[1] = {1};
unsigned config9_tpose_out_perm[1] = {0};
unsigned config9_tpose_out_perm_strides[1] = {1};

const unsigned* const config9_tpose_out::from_shape = config9_tpose_out_from_shape;
const unsigned* const config9_tpose_out::to_shape = config9_tpose_out_to_shape;
const unsigned* const config9_tpose_out::perm = config9_tpose_out_perm;
const unsigned* const config9_tpose_out::perm_strides = config9_tpose_out_perm_strides;


struct config9_dense : nnet::dense_config {
    static const unsigned n_in = 16;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 0;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef z0_sum_accum_t accum_t;
    typedef z0_sum_bias_t bias_t;
    typedef z0_sum_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config9 {
    typedef config9_tpose_inp tpose_inp_conf;
    typedef config9_tpose_out tpose_out_conf;

    typedef z0_sum_accum_t accum_t;
    typedef z0_sum_bias_t bias_t;

    typedef config9_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 1;
    static const unsigned n_contract = 16;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// one_over_count
struct unary_lut_config11 : nnet::activ_config {
    static const unsigned n_in = 1;
    static const unsigned table_size = 32;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef one_over_count_table_t table_t;
};

// z0_mean
struct config13 : nnet::merge_config {
    static const unsigned n_elem = 1;
    static const unsigned n_elem1 = 1;
    static const unsigned n_elem2 = 1;
    static const unsigned reuse_factor = 1;
};

// z0_mean_everywhere
struct config15_tpose_inp {
    static const unsigned dims = 1;
    static const unsigned N = 1;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config15_tpose_inp_from_shape[1] = {1};
unsigned config15_tpose_inp_to_shape[1] = {1};
unsigned config15_tpose_inp_perm[1] = {0};
unsigned config15_tpose_inp_perm_strides[1] = {1};

const unsigned* const config15_tpose_inp::from_shape = config15_tpose_inp_from_shape;
const unsigned* const config15_tpose_inp::to_shape = config15_tpose_inp_to_shape;
const unsigned* const config15_tpose_inp::perm = config15_tpose_inp_perm;
const unsigned* const config15_tpose_inp::perm_strides = config15_tpose_inp_perm_strides;


struct config15_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config15_tpose_out_from_shape[2] = {1, 16};
unsigned config15_tpose_out_to_shape[2] = {16, 1};
unsigned config15_tpose_out_perm[2] = {1, 0};
unsigned config15_tpose_out_perm_strides[2] = {1, 16};

const unsigned* const config15_tpose_out::from_shape = config15_tpose_out_from_shape;
const unsigned* const config15_tpose_out::to_shape = config15_tpose_out_to_shape;
const unsigned* const config15_tpose_out::perm = config15_tpose_out_perm;
const unsigned* const config15_tpose_out::perm_strides = config15_tpose_out_perm_strides;


struct config15_dense : nnet::dense_config {
    static const unsigned n_in = 1;
    static const unsigned n_out = 16;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 0;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef z0_mean_everywhere_accum_t accum_t;
    typedef z0_mean_everywhere_bias_t bias_t;
    typedef z0_mean_everywhere_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config15 {
    typedef config15_tpose_inp tpose_inp_conf;
    typedef config15_tpose_out tpose_out_conf;

    typedef z0_mean_everywhere_accum_t accum_t;
    typedef z0_mean_everywhere_bias_t bias_t;

    typedef config15_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 16;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// z0_mean_of_charged
struct config16 : nnet::merge_config {
    static const unsigned n_elem = 16*1;
    static const unsigned n_elem1 = 16*1;
    static const unsigned n_elem2 = 16*1;
    static const unsigned reuse_factor = 1;
};

// z0_difference
struct config17 : nnet::merge_config {
    static const unsigned n_elem = 16*1;
    static const unsigned n_elem1 = 16*1;
    static const unsigned n_elem2 = 16*1;
    static const unsigned reuse_factor = 1;
};

// relative_z0
struct unary_lut_config20 : nnet::activ_config {
    static const unsigned n_in = 16;
    static const unsigned table_size = 256;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef relative_z0_table_t table_t;
};

// z0_others
struct config23_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config23_tpose_inp_from_shape[2] = {16, 20};
unsigned config23_tpose_inp_to_shape[2] = {16, 20};
unsigned config23_tpose_inp_perm[2] = {0, 1};
unsigned config23_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config23_tpose_inp::from_shape = config23_tpose_inp_from_shape;
const unsigned* const config23_tpose_inp::to_shape = config23_tpose_inp_to_shape;
const unsigned* const config23_tpose_inp::perm = config23_tpose_inp_perm;
const unsigned* const config23_tpose_inp::perm_strides = config23_tpose_inp_perm_strides;


struct config23_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 336;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config23_tpose_out_from_shape[2] = {16, 21};
unsigned config23_tpose_out_to_shape[2] = {16, 21};
unsigned config23_tpose_out_perm[2] = {0, 1};
unsigned config23_tpose_out_perm_strides[2] = {21, 1};

const unsigned* const config23_tpose_out::from_shape = config23_tpose_out_from_shape;
const unsigned* const config23_tpose_out::to_shape = config23_tpose_out_to_shape;
const unsigned* const config23_tpose_out::perm = config23_tpose_out_perm;
const unsigned* const config23_tpose_out::perm_strides = config23_tpose_out_perm_strides;


struct config23_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 21;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 400;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef z0_others_accum_t accum_t;
    typedef z0_others_bias_t bias_t;
    typedef z0_others_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config23 {
    typedef config23_tpose_inp tpose_inp_conf;
    typedef config23_tpose_out tpose_out_conf;

    typedef z0_others_accum_t accum_t;
    typedef z0_others_bias_t bias_t;

    typedef config23_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 21;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// z0_last
struct config24_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 16;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config24_tpose_inp_from_shape[2] = {16, 1};
unsigned config24_tpose_inp_to_shape[2] = {16, 1};
unsigned config24_tpose_inp_perm[2] = {0, 1};
unsigned config24_tpose_inp_perm_strides[2] = {1, 1};

const unsigned* const config24_tpose_inp::from_shape = config24_tpose_inp_from_shape;
const unsigned* const config24_tpose_inp::to_shape = config24_tpose_inp_to_shape;
const unsigned* const config24_tpose_inp::perm = config24_tpose_inp_perm;
const unsigned* const config24_tpose_inp::perm_strides = config24_tpose_inp_perm_strides;


struct config24_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 336;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config24_tpose_out_from_shape[2] = {16, 21};
unsigned config24_tpose_out_to_shape[2] = {16, 21};
unsigned config24_tpose_out_perm[2] = {0, 1};
unsigned config24_tpose_out_perm_strides[2] = {21, 1};

const unsigned* const config24_tpose_out::from_shape = config24_tpose_out_from_shape;
const unsigned* const config24_tpose_out::to_shape = config24_tpose_out_to_shape;
const unsigned* const config24_tpose_out::perm = config24_tpose_out_perm;
const unsigned* const config24_tpose_out::perm_strides = config24_tpose_out_perm_strides;


struct config24_dense : nnet::dense_config {
    static const unsigned n_in = 1;
    static const unsigned n_out = 21;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 20;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef z0_last_accum_t accum_t;
    typedef z0_last_bias_t bias_t;
    typedef z0_last_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config24 {
    typedef config24_tpose_inp tpose_inp_conf;
    typedef config24_tpose_out tpose_out_conf;

    typedef z0_last_accum_t accum_t;
    typedef z0_last_bias_t bias_t;

    typedef config24_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 21;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// z0_and_others
struct config25 : nnet::merge_config {
    static const unsigned n_elem = 16*21;
    static const unsigned n_elem1 = 16*21;
    static const unsigned n_elem2 = 16*21;
    static const unsigned reuse_factor = 1;
};

// particle_0_leading
struct config26_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 336;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config26_tpose_inp_from_shape[2] = {16, 21};
unsigned config26_tpose_inp_to_shape[2] = {21, 16};
unsigned config26_tpose_inp_perm[2] = {1, 0};
unsigned config26_tpose_inp_perm_strides[2] = {1, 21};

const unsigned* const config26_tpose_inp::from_shape = config26_tpose_inp_from_shape;
const unsigned* const config26_tpose_inp::to_shape = config26_tpose_inp_to_shape;
const unsigned* const config26_tpose_inp::perm = config26_tpose_inp_perm;
const unsigned* const config26_tpose_inp::perm_strides = config26_tpose_inp_perm_strides;


struct config26_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 42;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config26_tpose_out_from_shape[2] = {21, 2};
unsigned config26_tpose_out_to_shape[2] = {2, 21};
unsigned config26_tpose_out_perm[2] = {1, 0};
unsigned config26_tpose_out_perm_strides[2] = {1, 2};

const unsigned* const config26_tpose_out::from_shape = config26_tpose_out_from_shape;
const unsigned* const config26_tpose_out::to_shape = config26_tpose_out_to_shape;
const unsigned* const config26_tpose_out::perm = config26_tpose_out_perm;
const unsigned* const config26_tpose_out::perm_strides = config26_tpose_out_perm_strides;


struct config26_dense : nnet::dense_config {
    static const unsigned n_in = 16;
    static const unsigned n_out = 2;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 30;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_leading_accum_t accum_t;
    typedef particle_0_leading_bias_t bias_t;
    typedef particle_0_leading_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config26 {
    typedef config26_tpose_inp tpose_inp_conf;
    typedef config26_tpose_out tpose_out_conf;

    typedef particle_0_leading_accum_t accum_t;
    typedef particle_0_leading_bias_t bias_t;

    typedef config26_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 21;
    static const unsigned n_free_kernel = 2;
    static const unsigned n_contract = 16;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 21; // Only useful when n_inplace > 1
};

// particle_0_context
struct config28_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 42;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config28_tpose_inp_from_shape[2] = {2, 21};
unsigned config28_tpose_inp_to_shape[2] = {2, 21};
unsigned config28_tpose_inp_perm[2] = {0, 1};
unsigned config28_tpose_inp_perm_strides[2] = {21, 1};

const unsigned* const config28_tpose_inp::from_shape = config28_tpose_inp_from_shape;
const unsigned* const config28_tpose_inp::to_shape = config28_tpose_inp_to_shape;
const unsigned* const config28_tpose_inp::perm = config28_tpose_inp_perm;
const unsigned* const config28_tpose_inp::perm_strides = config28_tpose_inp_perm_strides;


struct config28_tpose_out {
    static const unsigned dims = 1;
    static const unsigned N = 32;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config28_tpose_out_from_shape[1] = {32};
unsigned config28_tpose_out_to_shape[1] = {32};
unsigned config28_tpose_out_perm[1] = {0};
unsigned config28_tpose_out_perm_strides[1] = {1};

const unsigned* const config28_tpose_out::from_shape = config28_tpose_out_from_shape;
const unsigned* const config28_tpose_out::to_shape = config28_tpose_out_to_shape;
const unsigned* const config28_tpose_out::perm = config28_tpose_out_perm;
const unsigned* const config28_tpose_out::perm_strides = config28_tpose_out_perm_strides;


struct config28_dense : nnet::dense_config {
    static const unsigned n_in = 42;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 112;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_context_accum_t accum_t;
    typedef particle_0_context_bias_t bias_t;
    typedef particle_0_context_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config28 {
    typedef config28_tpose_inp tpose_inp_conf;
    typedef config28_tpose_out tpose_out_conf;

    typedef particle_0_context_accum_t accum_t;
    typedef particle_0_context_bias_t bias_t;

    typedef config28_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 42;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// particle_0
struct config30_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 336;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config30_tpose_inp_from_shape[2] = {16, 21};
unsigned config30_tpose_inp_to_shape[2] = {16, 21};
unsigned config30_tpose_inp_perm[2] = {0, 1};
unsigned config30_tpose_inp_perm_strides[2] = {21, 1};

const unsigned* const config30_tpose_inp::from_shape = config30_tpose_inp_from_shape;
const unsigned* const config30_tpose_inp::to_shape = config30_tpose_inp_to_shape;
const unsigned* const config30_tpose_inp::perm = config30_tpose_inp_perm;
const unsigned* const config30_tpose_inp::perm_strides = config30_tpose_inp_perm_strides;


struct config30_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config30_tpose_out_from_shape[2] = {16, 32};
unsigned config30_tpose_out_to_shape[2] = {16, 32};
unsigned config30_tpose_out_perm[2] = {0, 1};
unsigned config30_tpose_out_perm_strides[2] = {32, 1};

const unsigned* const config30_tpose_out::from_shape = config30_tpose_out_from_shape;
const unsigned* const config30_tpose_out::to_shape = config30_tpose_out_to_shape;
const unsigned* const config30_tpose_out::perm = config30_tpose_out_perm;
const unsigned* const config30_tpose_out::perm_strides = config30_tpose_out_perm_strides;


struct config30_dense : nnet::dense_config {
    static const unsigned n_in = 21;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 99;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;
    typedef particle_0_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config30 {
    typedef config30_tpose_inp tpose_inp_conf;
    typedef config30_tpose_out tpose_out_conf;

    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;

    typedef config30_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 21;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_everywhere
struct config31_tpose_inp {
    static const unsigned dims = 1;
    static const unsigned N = 32;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config31_tpose_inp_from_shape[1] = {32};
unsigned config31_tpose_inp_to_shape[1] = {32};
unsigned config31_tpose_inp_perm[1] = {0};
unsigned config31_tpose_inp_perm_strides[1] = {1};

const unsigned* const config31_tpose_inp::from_shape = config31_tpose_inp_from_shape;
const unsigned* const config31_tpose_inp::to_shape = config31_tpose_inp_to_shape;
const unsigned* const config31_tpose_inp::perm = config31_tpose_inp_perm;
const unsigned* const config31_tpose_inp::perm_strides = config31_tpose_inp_perm_strides;


struct config31_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config31_tpose_out_from_shape[2] = {32, 16};
unsigned config31_tpose_out_to_shape[2] = {16, 32};
unsigned config31_tpose_out_perm[2] = {1, 0};
unsigned config31_tpose_out_perm_strides[2] = {1, 16};

const unsigned* const config31_tpose_out::from_shape = config31_tpose_out_from_shape;
const unsigned* const config31_tpose_out::to_shape = config31_tpose_out_to_shape;
const unsigned* const config31_tpose_out::perm = config31_tpose_out_perm;
const unsigned* const config31_tpose_out::perm_strides = config31_tpose_out_perm_strides;


struct config31_dense : nnet::dense_config {
    static const unsigned n_in = 1;
    static const unsigned n_out = 16;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = -1; // Not making sense when kernels are switching;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_everywhere_accum_t accum_t;
    typedef particle_0_everywhere_bias_t bias_t;
    typedef particle_0_everywhere_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config31 {
    typedef config31_tpose_inp tpose_inp_conf;
    typedef config31_tpose_out tpose_out_conf;

    typedef particle_0_everywhere_accum_t accum_t;
    typedef particle_0_everywhere_bias_t bias_t;

    typedef config31_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 16;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 32;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// particle_0_sum
struct config34 : nnet::merge_config {
    static const unsigned n_elem = 16*32;
    static const unsigned n_elem1 = 16*32;
    static const unsigned n_elem2 = 16*32;
    static const unsigned reuse_factor = 1;
};

// particle_0_relu
struct config35_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config35_tpose_inp_from_shape[2] = {16, 32};
unsigned config35_tpose_inp_to_shape[2] = {16, 32};
unsigned config35_tpose_inp_perm[2] = {0, 1};
unsigned config35_tpose_inp_perm_strides[2] = {32, 1};

const unsigned* const config35_tpose_inp::from_shape = config35_tpose_inp_from_shape;
const unsigned* const config35_tpose_inp::to_shape = config35_tpose_inp_to_shape;
const unsigned* const config35_tpose_inp::perm = config35_tpose_inp_perm;
const unsigned* const config35_tpose_inp::perm_strides = config35_tpose_inp_perm_strides;


struct config35_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config35_tpose_out_from_shape[2] = {16, 32};
unsigned config35_tpose_out_to_shape[2] = {16, 32};
unsigned config35_tpose_out_perm[2] = {0, 1};
unsigned config35_tpose_out_perm_strides[2] = {32, 1};

const unsigned* const config35_tpose_out::from_shape = config35_tpose_out_from_shape;
const unsigned* const config35_tpose_out::to_shape = config35_tpose_out_to_shape;
const unsigned* const config35_tpose_out::perm = config35_tpose_out_perm;
const unsigned* const config35_tpose_out::perm_strides = config35_tpose_out_perm_strides;


struct config35_dense : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 992;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_relu_accum_t accum_t;
    typedef particle_0_relu_bias_t bias_t;
    typedef particle_0_relu_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config35 {
    typedef config35_tpose_inp tpose_inp_conf;
    typedef config35_tpose_out tpose_out_conf;

    typedef particle_0_relu_accum_t accum_t;
    typedef particle_0_relu_bias_t bias_t;

    typedef config35_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 32;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_relu_relu
struct relu_config36 : nnet::activ_config {
    static const unsigned n_in = 512;
    static const unsigned table_size = 131072;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_0_relu_relu_table_t table_t;
};

// particle_1
struct config38_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config38_tpose_inp_from_shape[2] = {16, 32};
unsigned config38_tpose_inp_to_shape[2] = {16, 32};
unsigned config38_tpose_inp_perm[2] = {0, 1};
unsigned config38_tpose_inp_perm_strides[2] = {32, 1};

const unsigned* const config38_tpose_inp::from_shape = config38_tpose_inp_from_shape;
const unsigned* const config38_tpose_inp::to_shape = config38_tpose_inp_to_shape;
const unsigned* const config38_tpose_inp::perm = config38_tpose_inp_perm;
const unsigned* const config38_tpose_inp::perm_strides = config38_tpose_inp_perm_strides;


struct config38_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 1024;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config38_tpose_out_from_shape[2] = {16, 64};
unsigned config38_tpose_out_to_shape[2] = {16, 64};
unsigned config38_tpose_out_perm[2] = {0, 1};
unsigned config38_tpose_out_perm_strides[2] = {64, 1};

const unsigned* const config38_tpose_out::from_shape = config38_tpose_out_from_shape;
const unsigned* const config38_tpose_out::to_shape = config38_tpose_out_to_shape;
const unsigned* const config38_tpose_out::perm = config38_tpose_out_perm;
const unsigned* const config38_tpose_out::perm_strides = config38_tpose_out_perm_strides;


struct config38_dense : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 64;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 315;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;
    typedef particle_1_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config38 {
    typedef config38_tpose_inp tpose_inp_conf;
    typedef config38_tpose_out tpose_out_conf;

    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;

    typedef config38_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 64;
    static const unsigned n_contract = 32;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_1_relu
struct relu_config39 : nnet::activ_config {
    static const unsigned n_in = 1024;
    static const unsigned table_size = 1048576;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_1_relu_table_t table_t;
};

// mean
struct config41 : nnet::pooling1d_config {
    static const unsigned n_in = 16;
    static const unsigned n_filt = 64;
    static const nnet::Pool_Op pool_op = nnet::Average;
    static const unsigned reuse_factor = 1;
    typedef mean_accum_t accum_t;
};

// class_0
struct config43 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 64;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 1107;
    static const unsigned n_nonzeros = 2989;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_0_accum_t accum_t;
    typedef class_0_bias_t bias_t;
    typedef class_0_weight_t weight_t;
    typedef layer43_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_0_relu
struct relu_config44 : nnet::activ_config {
    static const unsigned n_in = 64;
    static const unsigned table_size = 8388608;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_0_relu_table_t table_t;
};

// class_1
struct config46 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 32;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 412;
    static const unsigned n_nonzeros = 1636;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_1_accum_t accum_t;
    typedef class_1_bias_t bias_t;
    typedef class_1_weight_t weight_t;
    typedef layer46_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_1_relu
struct relu_config47 : nnet::activ_config {
    static const unsigned n_in = 32;
    static const unsigned table_size = 4194304;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_1_relu_table_t table_t;
};

// class_logits
struct config49 : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 8;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 8;
    static const unsigned n_nonzeros = 248;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_logits_accum_t accum_t;
    typedef class_logits_bias_t bias_t;
    typedef class_logits_weight_t weight_t;
    typedef layer49_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0
struct config51 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 20;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 445;
    static const unsigned n_nonzeros = 835;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pt_0_accum_t accum_t;
    typedef pt_0_bias_t bias_t;
    typedef pt_0_weight_t weight_t;
    typedef layer51_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0_relu
struct relu_config52 : nnet::activ_config {
    static const unsigned n_in = 20;
    static const unsigned table_size = 1048576;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef pt_0_relu_table_t table_t;
};

// jet_id_output
struct softmax_config53 : nnet::activ_config {
    static const unsigned n_in = 8;
    static const unsigned n_slice = 8;
    static const unsigned n_outer = 1;
    static const unsigned n_inner = 1;
    static const unsigned parallelization_factor = 1;
    static const unsigned exp_table_size = 8192;
    static const unsigned inv_table_size = 16384;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    static const unsigned axis = -1;
    static const nnet::softmax_implementation implementation = nnet::softmax_implementation::stable;
    static constexpr float exp_scale = 1.0;
    typedef jet_id_output_exp_table_t exp_table_t;
    typedef jet_id_output_inv_table_t inv_table_t;
    typedef jet_id_output_accum_t accum_t;
    typedef jet_id_output_inv_inp_t inv_inp_t;
    typedef jet_id_output_inp_norm_t inp_norm_t;
};

// pT_output
struct config55 : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 1;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 0;
    static const unsigned n_nonzeros = 20;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pT_output_accum_t accum_t;
    typedef pT_output_bias_t bias_t;
    typedef pT_output_weight_t weight_t;
    typedef layer55_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};


}

#endif
