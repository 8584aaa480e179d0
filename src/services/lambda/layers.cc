// Layers: archives that functions find under /opt.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/lambda/code.h"
#include "services/lambda/downloads.h"
#include "services/lambda/functions.h"
#include "services/lambda/layer_lookup.h"
#include "services/lambda/statements.h"

namespace lambda {

namespace {

struct LayerName {
  store::Place place;
  std::string name;

  std::string arn() const { return fmt::format("arn:aws:lambda:{}:{}:layer:{}", place.region, place.account, name); }
};

// A name or the ARN of a layer.
LayerName parse_layer_name(const Call& call, const std::string& text) {
  const base::Arn arn = base::Arn::parse(text);
  if (!text.starts_with("arn:")) return {call.place, text};
  return {{std::string(arn.account), std::string(arn.region)},
          std::string(arn.resource.substr(arn.resource.find(':') + 1))};
}

std::unexpected<base::Error> refuse_absent_layer() {
  return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
}

Result<OpenLayerVersion> find_layer_version(Call& call, In in) {
  if (in.num("VersionNumber") < 1)
    return refuse("InvalidParameterValueException", "Layer Version Cannot be less than 1.");
  const LayerName name = parse_layer_name(call, in.str("LayerName"));
  auto layer = get_layer_version(call, fmt::format("{}:{}", name.arn(), in.num("VersionNumber")));
  if (!layer) return refuse_absent_layer();
  return *std::move(layer);
}

Value list_of(const std::vector<std::string>& texts) {
  Value::List list;
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

// As lists tell it.
Out show_summary(const OpenLayerVersion& layer) {
  const LayerVersion& row = layer.row;
  Out shown{{"LayerVersionArn", layer.arn()},
            {"Version", std::int64_t(row.number)},
            {"CreatedDate", format_modified(row.created_ms)}};
  if (!row.description.empty()) shown.set("Description", row.description);
  if (!row.runtimes.empty()) shown.set("CompatibleRuntimes", list_of(row.runtimes));
  if (!row.architectures.empty()) shown.set("CompatibleArchitectures", list_of(row.architectures));
  if (!row.license.empty()) shown.set("LicenseInfo", row.license);
  return shown;
}

Result<Out> show_layer(Call& call, const OpenLayerVersion& layer) {
  Out shown = show_summary(layer);
  shown.set("Description", layer.row.description);
  shown.set("LayerArn", layer.layer_arn());
  shown.set("Content", Out{{"Location", TRY(layer_location(call, layer.row.code))},
                           {"CodeSha256", layer.row.code_sha256},
                           {"CodeSize", layer.row.code_bytes}});
  return shown;
}

bool is_compatible(In in, const LayerVersion& layer) {
  auto fits = [](const std::string& wanted, const std::vector<std::string>& has) {
    return wanted.empty() || std::ranges::find(has, wanted) != has.end();
  };
  return fits(in.str("CompatibleRuntime"), layer.runtimes) &&
         fits(in.str("CompatibleArchitecture"), layer.architectures);
}

// The versions of a layer, the newest first: visit(version) answers whether to go on.
void each_version(const store::Transaction& tx, const std::string& name,
                  const std::function<bool(const OpenLayerVersion&)>& visit) {
  tx.scan(kLayerVersions, {.prefix = store::key(name), .direction = store::Direction::kReverse},
          [&](std::string_view, const LayerVersion& row) { return visit({.tx = tx, .name = name, .row = row}); });
}

void put_layer_version(const OpenLayerVersion& layer) { layer.tx.put(kLayerVersions, layer.key(), layer.row); }

}  // namespace

std::string OpenLayerVersion::layer_arn() const { return LayerName{tx.place(), name}.arn(); }
std::string OpenLayerVersion::arn() const { return fmt::format("{}:{}", layer_arn(), row.number); }
std::string OpenLayerVersion::key() const { return store::key(name, row.number); }

std::optional<OpenLayerVersion> get_layer_version(Call& call, std::string_view version_arn) {
  const base::Arn arn = base::Arn::parse(version_arn);
  const std::vector<std::string_view> words = base::split(arn.resource, ':');  // layer, name, number
  if (arn.service != "lambda" || words.size() != 3 || words[0] != "layer") return std::nullopt;
  const std::optional<std::uint64_t> number = base::parse_number<std::uint64_t>(words[2]);
  if (!number) return std::nullopt;
  OpenLayerVersion layer{
      .tx = call.tx.at({std::string(arn.account), std::string(arn.region)}), .name = std::string(words[1]), .row = {}};
  auto row = layer.tx.get(kLayerVersions, store::key(words[1], *number));
  if (!row) return std::nullopt;
  layer.row = *std::move(row);
  return layer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
base::Result<Out> PublishLayerVersion(Call& call, In in) {
  const LayerName name = parse_layer_name(call, in.str("LayerName"));
  if (name.place != call.place) return refuse_absent_layer();
  Package package = TRY(read_package(call, in["Content"], "PublishLayerVersion"));
  Layer layer = call.tx.get(kLayers, name.name).value_or(Layer{});
  OpenLayerVersion made{.tx = call.tx, .name = name.name, .row = {.number = ++layer.last_number}};
  made.row.description = in.str("Description");
  made.row.license = in.str("LicenseInfo");
  for (const Value& each : in.list("CompatibleRuntimes")) made.row.runtimes.push_back(each.str());
  for (const Value& each : in.list("CompatibleArchitectures")) made.row.architectures.push_back(each.str());
  made.row.created_ms = call.now_ms();
  made.row.code_bytes = std::ssize(package.bytes);
  made.row.code_sha256 = base::to_base64(base::sha256(package.bytes));
  if (call.tx.unrecorded().count(kCodeBytes, "") + made.row.code_bytes > kCodeBytesMax)
    return error("CodeStorageExceededException", "Code storage limit exceeded.");
  made.row.code = TRY(keep_code(call, package.bytes, package.unzipped_bytes, {}));
  call.tx.add(kCodeBytes, "", made.row.code_bytes);
  call.tx.put(kLayers, name.name, layer);
  put_layer_version(made);
  return show_layer(call, made);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
base::Result<Out> GetLayerVersion(Call& call, In in) { return show_layer(call, TRY(find_layer_version(call, in))); }

// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html
base::Result<Out> GetLayerVersionByArn(Call& call, In in) {
  auto layer = get_layer_version(call, in.str("Arn"));
  if (!layer) return refuse_absent_layer();
  return show_layer(call, *layer);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
base::Result<Out> DeleteLayerVersion(Call& call, In in) {
  if (in.num("VersionNumber") < 1)
    return refuse("InvalidParameterValueException", "Layer Version Cannot be less than 1.");
  auto layer = find_layer_version(call, in);
  if (!layer) return Out{};
  leave_code(call, layer->row.code);
  layer->tx.add(kCodeBytes, "", -layer->row.code_bytes);
  layer->tx.erase(kLayerVersions, layer->key());
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
base::Result<Out> ListLayerVersions(Call& call, In in) {
  const LayerName name = parse_layer_name(call, in.str("LayerName"));
  const Page page = TRY(read_page(in));
  const std::uint64_t before = base::parse_number<std::uint64_t>(page.after).value_or(0);
  Value::List versions;
  std::uint64_t last = 0;
  Out answer;
  each_version(call.tx.at(name.place), name.name, [&](const OpenLayerVersion& layer) {
    if ((before != 0 && layer.row.number >= before) || !is_compatible(in, layer.row)) return true;
    if (versions.size() == page.count_max) {
      answer.set("NextMarker", write_marker(std::to_string(last)));
      return false;
    }
    last = layer.row.number;
    versions.push_back(show_summary(layer));
    return true;
  });
  answer.set("LayerVersions", std::move(versions));
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html
base::Result<Out> ListLayers(Call& call, In in) {
  const Page page = TRY(read_page(in));
  store::Scan scan;
  if (!page.after.empty()) scan.after = page.after;
  Value::List layers;
  std::string last;
  Out answer;
  call.tx.scan_keys(kLayers, scan, [&](std::string_view name) {
    Value shown;
    each_version(call.tx, std::string(name), [&](const OpenLayerVersion& layer) {
      if (!is_compatible(in, layer.row)) return true;
      shown = Out{
          {"LayerName", layer.name}, {"LayerArn", layer.layer_arn()}, {"LatestMatchingVersion", show_summary(layer)}};
      return false;
    });
    if (shown.is_null()) return true;
    if (layers.size() == page.count_max) {
      answer.set("NextMarker", write_marker(last));
      return false;
    }
    last = name;
    layers.push_back(std::move(shown));
    return true;
  });
  answer.set("Layers", std::move(layers));
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
base::Result<Out> AddLayerVersionPermission(Call& call, In in) {
  OpenLayerVersion layer = TRY(find_layer_version(call, in));
  TRY_VOID(check_revision(in, layer.row.policy.revision_id, "GetLayerVersionPolicy"));
  if (in.has("OrganizationId") && in.str("Principal") != "*")
    return refuse("InvalidParameterValueException", "OrganizationId requires the principal to be *.");
  Value statement(Value::Map{{"Sid", in.str("StatementId")},
                             {"Effect", "Allow"},
                             {"Principal", TRY(principal_element(call, in.str("Principal")))},
                             {"Action", in.str("Action")},
                             {"Resource", layer.arn()}});
  if (in.has("OrganizationId"))
    statement.set(
        "Condition",
        Value(Value::Map{{"StringEquals", Value(Value::Map{{"aws:PrincipalOrgID", in.str("OrganizationId")}})}}));
  TRY_VOID(add_statement(call, in.str("StatementId"), statement, layer.row.policy));
  put_layer_version(layer);
  return Out{{"Statement", base::to_json(statement)}, {"RevisionId", layer.row.policy.revision_id}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html
base::Result<Out> RemoveLayerVersionPermission(Call& call, In in) {
  OpenLayerVersion layer = TRY(find_layer_version(call, in));
  TRY_VOID(check_revision(in, layer.row.policy.revision_id, "GetLayerVersionPolicy"));
  TRY_VOID(remove_statement(call, in.str("StatementId"), layer.row.policy));
  put_layer_version(layer);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html
base::Result<Out> GetLayerVersionPolicy(Call& call, In in) {
  const OpenLayerVersion layer = TRY(find_layer_version(call, in));
  if (layer.row.policy.statements.empty())
    return refuse("ResourceNotFoundException", "No policy is associated with the given resource.");
  return Out{{"Policy", document_of(layer.row.policy)}, {"RevisionId", layer.row.policy.revision_id}};
}

}  // namespace lambda
