#include <iostream>

#include "L1TSC4NGJetModel.h"
#include "parameters.h"

namespace hls4ml_L1TSC4NGJetModel {

void L1TSC4NGJetModel(
    candidates_t candidates[16*20],
    jet_id_output_t layer31_out[8], pT_output_t layer33_out[1]
) {

    // hls-fpga-machine-learning insert IO
    #pragma HLS ARRAY_RESHAPE variable=candidates complete dim=0
    #pragma HLS ARRAY_PARTITION variable=layer31_out complete dim=0
    #pragma HLS ARRAY_PARTITION variable=layer33_out complete dim=0
    #pragma HLS INTERFACE ap_vld port=candidates,layer31_out,layer33_out 
    #pragma HLS PIPELINE

    // hls-fpga-machine-learning insert load weights

    // ****************************************
    // NETWORK INSTANTIATION
    // ****************************************

    // hls-fpga-machine-learning insert layers

    scale_t layer3_out[16*20];
    #pragma HLS ARRAY_PARTITION variable=layer3_out complete dim=0

    particle_0_leading_t layer4_out[2*20];
    #pragma HLS ARRAY_PARTITION variable=layer4_out complete dim=0

    particle_0_context_iq_t layer5_out[2*20];
    #pragma HLS ARRAY_PARTITION variable=layer5_out complete dim=0

    particle_0_context_t layer6_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer6_out complete dim=0

    particle_0_iq_t layer7_out[16*20];
    #pragma HLS ARRAY_PARTITION variable=layer7_out complete dim=0

    particle_0_t layer8_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer8_out complete dim=0

    particle_0_everywhere_t layer9_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer9_out complete dim=0

    quantizer_t layer10_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer10_out complete dim=0

    quantizer_1_t layer11_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer11_out complete dim=0

    particle_0_sum_t layer12_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer12_out complete dim=0

    particle_0_relu_t layer13_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer13_out complete dim=0

    particle_0_relu_relu_t layer14_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer14_out complete dim=0

    particle_1_iq_t layer15_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer15_out complete dim=0

    particle_1_t layer16_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer16_out complete dim=0

    particle_1_relu_t layer17_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer17_out complete dim=0

    mean_iq_t layer18_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer18_out complete dim=0

    mean_t layer19_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer19_out complete dim=0

    class_0_iq_t layer20_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer20_out complete dim=0

    class_0_t layer21_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer21_out complete dim=0

    class_0_relu_t layer22_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer22_out complete dim=0

    class_1_iq_t layer23_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer23_out complete dim=0

    class_1_t layer24_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer24_out complete dim=0

    class_1_relu_t layer25_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer25_out complete dim=0

    class_logits_iq_t layer26_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer26_out complete dim=0

    class_logits_t layer27_out[8];
    #pragma HLS ARRAY_PARTITION variable=layer27_out complete dim=0

    pt_0_iq_t layer28_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer28_out complete dim=0

    pt_0_t layer29_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer29_out complete dim=0

    pt_0_relu_t layer30_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer30_out complete dim=0

    pT_output_iq_t layer32_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer32_out complete dim=0

    nnet::einsum_dense<candidates_t, scale_t, config3>(candidates, layer3_out, w3, b3); // scale

    nnet::einsum_dense<scale_t, particle_0_leading_t, config4>(layer3_out, layer4_out, w4, b4); // particle_0_leading

    hls4ml_L1TSC4NGJetModel::particle_0_context_iq<particle_0_leading_t, particle_0_context_iq_t>(layer4_out, layer5_out); // particle_0_context_iq

    nnet::einsum_dense<particle_0_context_iq_t, particle_0_context_t, config6>(layer5_out, layer6_out, w6, b6); // particle_0_context

    hls4ml_L1TSC4NGJetModel::particle_0_iq<scale_t, particle_0_iq_t>(layer3_out, layer7_out); // particle_0_iq

    nnet::einsum_dense<particle_0_iq_t, particle_0_t, config8>(layer7_out, layer8_out, w8, b8); // particle_0

    nnet::einsum_dense<particle_0_context_t, particle_0_everywhere_t, config9>(layer6_out, layer9_out, w9, b9); // particle_0_everywhere

    hls4ml_L1TSC4NGJetModel::quantizer<particle_0_t, quantizer_t>(layer8_out, layer10_out); // quantizer

    hls4ml_L1TSC4NGJetModel::quantizer_1<particle_0_everywhere_t, quantizer_1_t>(layer9_out, layer11_out); // quantizer_1

    nnet::add<quantizer_t, quantizer_1_t, particle_0_sum_t, config12>(layer10_out, layer11_out, layer12_out); // particle_0_sum

    nnet::einsum_dense<particle_0_sum_t, particle_0_relu_t, config13>(layer12_out, layer13_out, w13, b13); // particle_0_relu

    nnet::relu<particle_0_relu_t, particle_0_relu_relu_t, relu_config14>(layer13_out, layer14_out); // particle_0_relu_relu

    hls4ml_L1TSC4NGJetModel::particle_1_iq<particle_0_relu_relu_t, particle_1_iq_t>(layer14_out, layer15_out); // particle_1_iq

    nnet::einsum_dense<particle_1_iq_t, particle_1_t, config16>(layer15_out, layer16_out, w16, b16); // particle_1

    nnet::relu<particle_1_t, particle_1_relu_t, relu_config17>(layer16_out, layer17_out); // particle_1_relu

    hls4ml_L1TSC4NGJetModel::mean_iq<particle_1_relu_t, mean_iq_t>(layer17_out, layer18_out); // mean_iq

    nnet::global_pooling1d_cl<mean_iq_t, mean_t, config19>(layer18_out, layer19_out); // mean

    hls4ml_L1TSC4NGJetModel::class_0_iq<mean_t, class_0_iq_t>(layer19_out, layer20_out); // class_0_iq

    nnet::dense<class_0_iq_t, class_0_t, config21>(layer20_out, layer21_out, w21, b21); // class_0

    nnet::relu<class_0_t, class_0_relu_t, relu_config22>(layer21_out, layer22_out); // class_0_relu

    hls4ml_L1TSC4NGJetModel::class_1_iq<class_0_relu_t, class_1_iq_t>(layer22_out, layer23_out); // class_1_iq

    nnet::dense<class_1_iq_t, class_1_t, config24>(layer23_out, layer24_out, w24, b24); // class_1

    nnet::relu<class_1_t, class_1_relu_t, relu_config25>(layer24_out, layer25_out); // class_1_relu

    hls4ml_L1TSC4NGJetModel::class_logits_iq<class_1_relu_t, class_logits_iq_t>(layer25_out, layer26_out); // class_logits_iq

    nnet::dense<class_logits_iq_t, class_logits_t, config27>(layer26_out, layer27_out, w27, b27); // class_logits

    hls4ml_L1TSC4NGJetModel::pt_0_iq<mean_t, pt_0_iq_t>(layer19_out, layer28_out); // pt_0_iq

    nnet::dense<pt_0_iq_t, pt_0_t, config29>(layer28_out, layer29_out, w29, b29); // pt_0

    nnet::relu<pt_0_t, pt_0_relu_t, relu_config30>(layer29_out, layer30_out); // pt_0_relu

    nnet::softmax<class_logits_t, jet_id_output_t, softmax_config31>(layer27_out, layer31_out); // jet_id_output

    hls4ml_L1TSC4NGJetModel::pT_output_iq<pt_0_relu_t, pT_output_iq_t>(layer30_out, layer32_out); // pT_output_iq

    nnet::dense<pT_output_iq_t, pT_output_t, config33>(layer32_out, layer33_out, w33, b33); // pT_output

}

}
