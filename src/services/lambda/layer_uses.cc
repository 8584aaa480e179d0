// The layers a version uses.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
#include "base/arn.h"
#include "base/strings.h"
#include "services/lambda/functions.h"
#include "services/lambda/layer_lookup.h"

namespace lambda {

namespace {

constexpr std::size_t kLayersMax = 5;

std::unexpected<base::Error> refuse_missing(const std::string& arn) {
  return refuse("InvalidParameterValueException", fmt::format("Layer version {} does not exist.", arn));
}

Result<LayerUse> use_layer(Call& call, const std::string& arn) {
  const base::Arn parts = base::Arn::parse(arn);
  if (parts.region != call.place.region)
    return refuse("InvalidParameterValueException",
                  fmt::format("Layers are not in the same region as the function. Layers are expected to be in region "
                              "{}.",
                              call.place.region));
  TRY_VOID(call.authorize("lambda:GetLayerVersion", arn));
  auto layer = get_layer_version(call, arn);
  if (!layer) return refuse_missing(arn);
  return LayerUse{
      .arn = arn, .code = layer->row.code, .code_bytes = layer->row.code_bytes, .code_sha256 = layer->row.code_sha256};
}

}  // namespace

Result<void> apply_layers(Call& call, In in, const OpenFunction&, Version& version) {
  if (!in.has("Layers")) return {};
  const Value::List& given = in.list("Layers");
  if (given.size() > kLayersMax)
    return refuse("InvalidParameterValueException", "Cannot reference more than 5 layers.");
  std::vector<LayerUse> layers;
  std::map<std::string, std::string> used;  // version's ARN by layer's
  for (const Value& each : given) {
    const std::string& arn = each.str();
    const std::string layer = arn.substr(0, arn.rfind(':'));
    if (auto [other, is_new] = used.emplace(layer, arn); !is_new)
      return refuse("InvalidParameterValueException",
                    fmt::format("Two different versions of the same layer are not allowed to be referenced in the same "
                                "function. {} and {} are versions of the same layer.",
                                other->second, arn));
    // What the version has already stays, whatever has become of the layer.
    auto had = std::ranges::find(version.layers, arn, &LayerUse::arn);
    layers.push_back(had != version.layers.end() ? *had : TRY(use_layer(call, arn)));
  }
  version.layers = std::move(layers);
  return {};
}

}  // namespace lambda
