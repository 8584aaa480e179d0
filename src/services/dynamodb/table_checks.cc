// What CreateTable and UpdateTable are given, checked in AWS's order and words.
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kThroughputMax = 1'000'000'000'000;
constexpr std::size_t kIncludedMax = 20;  // NonKeyAttributes of an index
// "The total number of projected attributes … across all secondary indexes must not exceed 100"; the same attribute in
// two of them counts twice.
constexpr std::size_t kIncludedOfTableMax = 100;
constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kKeyAttributesMax = 4;  // of a partition key, and of a sort key, of a global index

std::string join_names(const std::vector<std::string>& names) { return fmt::format("[{}]", fmt::join(names, ", ")); }

std::string join_definitions(const std::vector<KeyPart>& definitions) {
  std::vector<std::string> names;
  for (const KeyPart& part : definitions) names.push_back(part.name);
  return join_names(names);
}

// Letters, digits and spaces of all languages, and these signs.
bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) || c == ' ' || std::string_view("_.:/=+-@").find(c) != std::string::npos;
  });
}

base::Result<Projection> read_projection_type(const Value& projection) {
  const std::string& type = projection.at("ProjectionType").str();
  if (type.empty())
    return invalid_parameter(
        "Unknown ProjectionType: nu"
        "ll");
  if (projection.has("NonKeyAttributes") && type != "INCLUDE")
    return invalid_parameter(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", type));
  if (type == "INCLUDE" && projection.at("NonKeyAttributes").list().empty())
    return invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  if (type == "INCLUDE") return Projection::kInclude;
  return type == "ALL" ? Projection::kAll : Projection::kKeysOnly;
}

}  // namespace

base::Result<void> refuse_missing(const Value& input, std::string_view operation) {
  for (const char* name : {"VectorIndexes", "VectorIndexUpdates", "VectorIndexOverride", "GlobalTableSourceArn",
                           "GlobalTableSettingsReplicationMode", "DisassociationProtectionEnabled"})
    if (input.has(name)) return error("NotImplemented", fmt::format("{} of {} is not implemented.", name, operation));
  return {};
}

base::Result<std::vector<KeyPart>> read_definitions(const Value::List& definitions) {
  std::vector<KeyPart> parts;
  for (const Value& definition : definitions) {
    KeyPart part{.name = definition.at("AttributeName").str(),
                 .type = parse_type(definition.at("AttributeType").str()).value_or(Type::kString)};
    if (std::ranges::find(parts, part.name, &KeyPart::name) != parts.end())
      return invalid_parameter("Duplicate AttributeName in AttributeDefinitions: " + part.name);
    parts.push_back(std::move(part));
  }
  return parts;
}

base::Result<Schema> read_schema(const Value::List& elements, const std::vector<KeyPart>& definitions) {
  std::vector<std::string> names;
  for (const Value& element : elements) names.push_back(element.at("AttributeName").str());
  auto definition_of = [&](const std::string& name) { return std::ranges::find(definitions, name, &KeyPart::name); };
  if (names.size() > 2)
    return validation_error(
        "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length less "
        "than or equal to 2");
  if (names.size() > definitions.size())
    return validation_error("Invalid KeySchema: Some index key attribute have no definition");
  for (const std::string& name : names)
    if (definition_of(name) == definitions.end())
      return invalid_parameter(
          fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: {}, "
                      "AttributeDefinitions: {}",
                      join_names(names), join_definitions(definitions)));
  if (names.size() > 1 && names[0] == names[1])
    return validation_error("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  if (elements.empty() || elements[0].at("KeyType").str() != "HASH")
    return validation_error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (names.size() > 1 && elements[1].at("KeyType").str() != "RANGE")
    return validation_error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  Schema schema{.hash = *definition_of(names[0])};
  if (names.size() > 1) schema.range = *definition_of(names[1]);
  return schema;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.MultiAttributeKeys
base::Result<void> read_long_schema(const Value::List& elements, const std::vector<KeyPart>& definitions,
                                    Index& index) {
  std::vector<std::string> names;
  std::vector<KeyPart> hashes, ranges;
  for (const Value& element : elements) {
    const std::string& name = element.at("AttributeName").str();
    if (std::ranges::find(names, name) != names.end())
      return validation_error("The KeySchema contains multiple key attributes with the same name");
    names.push_back(name);
  }
  for (const Value& element : elements) {
    auto part = std::ranges::find(definitions, element.at("AttributeName").str(), &KeyPart::name);
    if (part == definitions.end())
      return invalid_parameter(
          fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: {}, "
                      "AttributeDefinitions: {}",
                      join_names(names), join_definitions(definitions)));
    const bool is_hash = element.at("KeyType").str() == "HASH";
    if (hashes.empty() && !is_hash)
      return validation_error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    if (is_hash && !ranges.empty())
      return invalid_parameter("All HASH key attributes must precede RANGE key attributes in the KeySchema");
    (is_hash ? hashes : ranges).push_back(*part);
  }
  for (const auto* parts : {&hashes, &ranges})
    if (parts->size() > kKeyAttributesMax)
      return invalid_parameter(fmt::format("The KeySchema exceeds the maximum allowed number of {} key attributes",
                                           parts == &hashes ? "HASH" : "RANGE"));
  index.hash = hashes.front();
  index.more_hash.assign(hashes.begin() + 1, hashes.end());
  if (ranges.empty()) return {};
  index.range = ranges.front();
  index.more_range.assign(ranges.begin() + 1, ranges.end());
  return {};
}

base::Result<Throughput> read_throughput(const Value& given, Billing billing) {
  Throughput throughput;
  const Value& provisioned = given.at("ProvisionedThroughput");
  if (billing == Billing::kOnDemand) {
    const Value& limits = given.at("OnDemandThroughput");
    throughput.read_units_max = limits.has("MaxReadRequestUnits") ? limits.at("MaxReadRequestUnits").num() : -1;
    throughput.write_units_max = limits.has("MaxWriteRequestUnits") ? limits.at("MaxWriteRequestUnits").num() : -1;
  } else {
    throughput.read_units = provisioned.at("ReadCapacityUnits").num();
    throughput.write_units = provisioned.at("WriteCapacityUnits").num();
    for (const char* name : {"ReadCapacityUnits", "WriteCapacityUnits"})
      if (provisioned.at(name).num() > kThroughputMax)
        return validation_error(
            fmt::format("Given value {} for {} is out of bounds", provisioned.at(name).num(), name));
  }
  throughput.warm_read_units = given.at("WarmThroughput").at("ReadUnitsPerSecond").num();
  throughput.warm_write_units = given.at("WarmThroughput").at("WriteUnitsPerSecond").num();
  return throughput;
}

base::Result<Index> read_index(const Value& given, bool is_local, const std::vector<KeyPart>& definitions,
                               Billing billing) {
  Index index{.name = given.at("IndexName").str(), .is_local = is_local};
  const Value::List& elements = given.at("KeySchema").list();
  auto is_hash = [](const Value& element) { return element.at("KeyType").str() == "HASH"; };
  const auto hashes = static_cast<std::size_t>(std::ranges::count_if(elements, is_hash));
  if (!is_local && (elements.size() > 2 || hashes > 1)) {
    TRY_VOID(read_long_schema(elements, definitions, index));
  } else {
    Schema schema = TRY(read_schema(elements, definitions));
    index.hash = std::move(schema.hash);
    index.range = std::move(schema.range);
  }
  index.projection = TRY(read_projection_type(given.at("Projection")));
  for (const Value& name : given.at("Projection").at("NonKeyAttributes").list()) index.included.push_back(name.str());
  if (index.included.size() > kIncludedMax)
    return invalid_parameter(fmt::format("Number of NonKeyAttributes exceeds per-index limit of {}", kIncludedMax));
  if (is_local) return index;
  if (billing == Billing::kOnDemand && given.has("ProvisionedThroughput"))
    return invalid_parameter(fmt::format(
        "ProvisionedThroughput should not be specified for index: {} when BillingMode is PAY_PER_REQUEST", index.name));
  if (billing == Billing::kProvisioned && !given.has("ProvisionedThroughput"))
    return invalid_parameter("ProvisionedThroughput must be specified for index: " + index.name);
  index.throughput = TRY(read_throughput(given, billing));
  return index;
}

base::Result<void> check_all_used(const Table& table, const std::vector<KeyPart>& definitions) {
  std::vector<std::string> used, unused;
  auto use = [&](const KeyPart& part) {
    if (std::ranges::find(used, part.name) == used.end()) used.push_back(part.name);
  };
  use(table.hash);
  if (table.range) use(*table.range);
  for (const Index& index : table.indexes) {
    index.each_part([&](const KeyPart& part, bool) { use(part); });
  }
  if (used.size() == definitions.size()) return {};
  if (table.indexes.empty())
    return invalid_parameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  return invalid_parameter(
      fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: {}, keys used: {}",
                  join_definitions(definitions), join_names(used)));
}

base::Result<StreamView> read_stream_view(const Value& specification) {
  const std::string& view = specification.at("StreamViewType").str();
  if (!specification.at("StreamEnabled").flag()) {
    if (!view.empty())
      return invalid_parameter(
          "StreamEnabled must be true if StreamViewType is specified: StreamEnabled=false, StreamViewType=" + view);
    return StreamView::kNone;
  }
  if (view.empty()) return invalid_parameter("StreamViewType must be specified when StreamEnabled is true");
  if (view == "KEYS_ONLY") return StreamView::kKeysOnly;
  if (view == "NEW_IMAGE") return StreamView::kNewImage;
  return view == "OLD_IMAGE" ? StreamView::kOldImage : StreamView::kBothImages;
}

base::Result<std::map<std::string, std::string>> read_tags(const Value::List& tags) {
  std::map<std::string, std::string> read;
  for (const Value& tag : tags) {
    const std::string& key = tag.at("Key").str();
    if (key.starts_with("aws:")) return invalid_parameter("One or more tag keys use a reserved prefix: aws:");
    if (!is_tag_text(key) || !is_tag_text(tag.at("Value").str()))
      return invalid_parameter("Tag keys and values may hold letters, digits, spaces and _.:/=+-@ only");
    if (!read.emplace(key, tag.at("Value").str()).second)
      return validation_error("One or more parameter values are not valid. Duplicate tag key: " + key);
  }
  if (read.size() > kTagsMax) return validation_error("Too many tags: the maximum is 50 tags per resource");
  return read;
}

base::Result<void> check_included_count(const Table& table) {
  std::size_t count = 0;
  for (const Index& index : table.indexes) count += index.included.size();
  if (count <= kIncludedOfTableMax) return {};
  return invalid_parameter(
      fmt::format("Number of NonKeyAttributes of all indexes exceeds per-table limit of {}", kIncludedOfTableMax));
}

}  // namespace dynamodb
