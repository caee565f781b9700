// The interface between CMSSW and emulators of networks: what a library's create_model returns.
// The order of the methods is part of it.
#ifndef PYRUN_HLS4ML_EMULATOR_H
#define PYRUN_HLS4ML_EMULATOR_H

#include <any>

namespace hls4mlEmulator {
class Model {
public:
  virtual void prepare_input(std::any input) = 0;
  virtual void predict() = 0;
  virtual void read_result(std::any result) = 0;
  virtual ~Model() = default;
};
}  // namespace hls4mlEmulator

#endif
