#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/lambda/layers.h"

namespace lambda {

struct OpenLayerVersion {
  store::Transaction tx;  // stands where the layer does
  std::string name;
  LayerVersion row;

  std::string arn() const;        // of the version
  std::string layer_arn() const;  // of the layer
  std::string key() const;
};

// "arn:aws:lambda:us-east-1:123456789012:layer:tools:3"
std::optional<OpenLayerVersion> get_layer_version(Call& call, std::string_view version_arn);

}  // namespace lambda
