// Public parameters, /aws/service/…: what AWS keeps for everybody. They are computed, not stored.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
#include "base/bytes.h"
#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::string_view kImagePrefix = "/aws/service/ami-amazon-linux-latest/";
constexpr std::string_view kContainerPrefix = "/aws/service/ecs/optimized-ami/";
constexpr std::string_view kRegionPrefix = "/aws/service/global-infrastructure/regions/";
constexpr std::int64_t kPublishedMs = 1'735'689'600'000;  // 2025-01-01: they do not change

struct Region {
  std::string_view code, long_name, country, geolocation;
};

// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
constexpr Region kRegions[] = {
    {"af-south-1", "Africa (Cape Town)", "ZA", "ZA-WC"},
    {"ap-east-1", "Asia Pacific (Hong Kong)", "HK", "HK"},
    {"ap-northeast-1", "Asia Pacific (Tokyo)", "JP", "JP-13"},
    {"ap-northeast-2", "Asia Pacific (Seoul)", "KR", "KR-11"},
    {"ap-northeast-3", "Asia Pacific (Osaka)", "JP", "JP-27"},
    {"ap-south-1", "Asia Pacific (Mumbai)", "IN", "IN-MH"},
    {"ap-south-2", "Asia Pacific (Hyderabad)", "IN", "IN-TG"},
    {"ap-southeast-1", "Asia Pacific (Singapore)", "SG", "SG"},
    {"ap-southeast-2", "Asia Pacific (Sydney)", "AU", "AU-NSW"},
    {"ap-southeast-3", "Asia Pacific (Jakarta)", "ID", "ID-JK"},
    {"ap-southeast-4", "Asia Pacific (Melbourne)", "AU", "AU-VIC"},
    {"ca-central-1", "Canada (Central)", "CA", "CA-QC"},
    {"ca-west-1", "Canada West (Calgary)", "CA", "CA-AB"},
    {"eu-central-1", "Europe (Frankfurt)", "DE", "DE-HE"},
    {"eu-central-2", "Europe (Zurich)", "CH", "CH-ZH"},
    {"eu-north-1", "Europe (Stockholm)", "SE", "SE-AB"},
    {"eu-south-1", "Europe (Milan)", "IT", "IT-25"},
    {"eu-south-2", "Europe (Spain)", "ES", "ES-AR"},
    {"eu-west-1", "Europe (Ireland)", "IE", "IE"},
    {"eu-west-2", "Europe (London)", "GB", "GB"},
    {"eu-west-3", "Europe (Paris)", "FR", "FR-75C"},
    {"il-central-1", "Israel (Tel Aviv)", "IL", "IL-TA"},
    {"me-central-1", "Middle East (UAE)", "AE", "AE"},
    {"me-south-1", "Middle East (Bahrain)", "BH", "BH"},
    {"sa-east-1", "South America (Sao Paulo)", "BR", "BR-SP"},
    {"us-east-1", "US East (N. Virginia)", "US", "US-VA"},
    {"us-east-2", "US East (Ohio)", "US", "US-OH"},
    {"us-west-1", "US West (N. California)", "US", "US-CA"},
    {"us-west-2", "US West (Oregon)", "US", "US-OR"},
};

// The images that templates name by their public parameters.
constexpr std::string_view kImages[] = {
    "al2023-ami-kernel-6.1-arm64",
    "al2023-ami-kernel-6.1-x86_64",
    "al2023-ami-kernel-default-arm64",
    "al2023-ami-kernel-default-x86_64",
    "al2023-ami-minimal-kernel-default-arm64",
    "al2023-ami-minimal-kernel-default-x86_64",
    "amzn2-ami-hvm-arm64-gp2",
    "amzn2-ami-hvm-x86_64-ebs",
    "amzn2-ami-hvm-x86_64-gp2",
    "amzn2-ami-kernel-5.10-hvm-arm64-gp2",
    "amzn2-ami-kernel-5.10-hvm-x86_64-gp2",
    "amzn2-ami-minimal-hvm-arm64-ebs",
    "amzn2-ami-minimal-hvm-x86_64-ebs",
};

constexpr std::string_view kContainerImages[] = {
    "amazon-linux-2",    "amazon-linux-2/arm64",    "amazon-linux-2/gpu",
    "amazon-linux-2023", "amazon-linux-2023/arm64", "amazon-linux-2023/neuron",
};

// The id this cloud knows an image by: computed from its region and name, so that it is always the same.
// LIMIT: AWS's ids differ, and change with every release of an image.
std::string image_id(const std::string& region, std::string_view name) {
  return "ami-" + base::to_hex(base::sha256(fmt::format("{}/{}", region, name))).substr(0, 17);
}

using Values = std::vector<std::pair<std::string, std::string>>;

void add_images(Values& values, const std::string& region) {
  for (std::string_view image : kImages)
    values.emplace_back(fmt::format("{}{}", kImagePrefix, image), image_id(region, image));
  for (std::string_view image : kContainerImages)
    values.emplace_back(fmt::format("{}{}/recommended/image_id", kContainerPrefix, image),
                        image_id(region, fmt::format("ecs/{}", image)));
}

void add_regions(Values& values) {
  for (const Region& region : kRegions) {
    const std::string name = fmt::format("{}{}", kRegionPrefix, region.code);
    values.emplace_back(name, region.code);
    values.emplace_back(name + "/domain", "amazonaws.com");
    values.emplace_back(name + "/geolocationCountry", region.country);
    values.emplace_back(name + "/geolocationRegion", region.geolocation);
    values.emplace_back(name + "/longName", region.long_name);
    values.emplace_back(name + "/partition", "aws");
  }
}

Parameter make_parameter(const std::string& name, const std::string& value) {
  Parameter parameter;
  parameter.name = name;
  parameter.current = {.number = 1,
                       .type = "String",
                       .value = value,
                       .key_id = "",
                       .tier = std::string(kStandard),
                       .description = "",
                       .allowed_pattern = "",
                       .data_type = value.starts_with("ami-") ? "aws:ec2:image" : "text",
                       .policies = {},
                       .modified_ms = kPublishedMs,
                       .modified_by = ""};
  return parameter;
}

}  // namespace

std::vector<Parameter> public_parameters_under(Call& call, std::string_view path) {
  Values values;
  add_images(values, call.place.region);
  add_regions(values);
  std::ranges::sort(values);
  std::vector<Parameter> found;
  for (const auto& [name, value] : values)
    if (name.starts_with(path)) found.push_back(make_parameter(name, value));
  return found;
}

std::optional<Parameter> get_public_parameter(Call& call, std::string_view name) {
  if (!name.starts_with("/aws/service/")) return std::nullopt;
  for (Parameter& parameter : public_parameters_under(call, name))
    if (parameter.name == name) return std::move(parameter);
  return std::nullopt;
}

}  // namespace ssm
