// Where code comes from: the request itself, an object of S3, or a folder of this machine.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
#include "base/bytes.h"
#include "base/zip.h"
#include "kernel/cloud.h"
#include "services/lambda/code.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

// "hot-reload", as bucket: the key is a folder of this machine, which is used as it is at the moment of the invocation.
constexpr std::string_view kHotReloadBucket = "hot-reload";

// An archive without entries begins with its end.
constexpr std::string_view kEndOfZip = "PK\5\6";

std::unexpected<base::Error> refuse_object(const base::Error& why, const std::string& bucket, const std::string& key) {
  if (why.code == "AccessDenied" || why.code == "AccessDeniedException")
    return refuse("AccessDeniedException",
                  fmt::format("Your access has been denied by S3, please make sure your request credentials have "
                              "permission to GetObject for {}/{}. S3 Error Code: AccessDenied. S3 Error Message: {}",
                              bucket, key, why.message));
  // Messages of S3 end with a period in some places, and here with none.
  std::string message = why.message;
  if (message.ends_with('.')) message.pop_back();
  return refuse("InvalidParameterValueException",
                fmt::format("Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}", why.code,
                            message + (why.code == "NoSuchKey" ? "." : "")));
}

Result<std::string> read_object(Call& call, const Value& given) {
  Value input(Value::Map{{"Bucket", given.at("S3Bucket")}, {"Key", given.at("S3Key")}});
  if (given.has("S3ObjectVersion")) input.set("VersionId", given.at("S3ObjectVersion"));
  auto got = call.as_caller(kServicePrincipal).invoke({"s3", "GetObject"}, std::move(input));
  if (!got) return refuse_object(got.error(), given.at("S3Bucket").str(), given.at("S3Key").str());
  return got->at("Body").str();
}

// A function that is to run code of known signers only does not run any: nobody here can sign.
Result<void> check_signature(const OpenFunction& function) {
  const std::string& arn = function.row.code_signing_config;
  if (arn.empty()) return {};
  auto config = function.tx.get(kCodeSigningConfigs, arn.substr(arn.rfind(':') + 1));
  if (!config || config->on_untrusted != "Enforce") return {};
  return refuse("CodeVerificationFailedException",
                "The code signature failed one or more of the validation checks for signature mismatch or expiry, and "
                "the code signing policy is set to ENFORCE. Lambda blocks the deployment.");
}

Result<void> check_images(const Value& given, const Version& version) {
  if (given.has("ImageUri")) {
    if (version.package_type != "Image")
      return refuse("InvalidParameterValueException",
                    "Please do not provide ImageUri when updating a function with packageType Zip.");
    return refuse(
        "InvalidParameterValueException",
        fmt::format("Source image {} does not exist. Provide a valid source image.", given.at("ImageUri").str()));
  }
  if (version.package_type == "Image")
    return refuse("InvalidParameterValueException",
                  "Please provide ImageUri when creating a function with packageType Image.");
  return {};
}

}  // namespace

Result<Package> read_package(Call& call, const Value& given, std::string_view operation) {
  Package package;
  if (given.has("ZipFile")) {
    package.bytes = given.at("ZipFile").str();
    // AWS measures the request, in which the archive stands in base 64.
    if (std::ssize(package.bytes) > kZipBytesMax)
      return error("RequestEntityTooLargeException",
                   fmt::format("Request must be smaller than 70167211 bytes for the {} operation", operation));
  } else if (given.has("S3Bucket") && given.has("S3Key")) {
    package.bytes = TRY(read_object(call, given));
  } else {
    return refuse("InvalidParameterValueException", "Please provide a source for function code.");
  }
  if (package.bytes.empty() || package.bytes.starts_with(kEndOfZip))
    return refuse("InvalidParameterValueException", "Uploaded file must be a non-empty zip");
  auto zip = base::ZipReader::open(package.bytes);
  if (!zip)
    return refuse("InvalidParameterValueException",
                  "Could not unzip uploaded file. Please check your file, then try to upload again.");
  if (zip->unpacked_bytes() >= std::uint64_t(kUnzippedBytesMax))
    return refuse("InvalidParameterValueException",
                  fmt::format("Unzipped size must be smaller than {} bytes", kUnzippedBytesMax));
  package.unzipped_bytes = static_cast<std::int64_t>(zip->unpacked_bytes());
  return package;
}

Result<void> check_unzipped_size(Call& call, const Version& version) {
  std::int64_t bytes = 0;
  auto add = [&](const std::string& code) {
    if (const auto row = call.tx.get_shared(kCode, code)) bytes += row->unzipped_bytes;
  };
  if (!version.code.empty()) add(version.code);
  for (const LayerUse& layer : version.layers) add(layer.code);
  if (version.layers.empty() || bytes < kUnzippedBytesMax) return {};
  return refuse("InvalidParameterValueException",
                fmt::format("Function code combined with layers exceeds the maximum allowed size of {} bytes. The "
                            "actual size is {} bytes.",
                            kUnzippedBytesMax, bytes));
}

Result<void> apply_code(Call& call, const Value& given, const OpenFunction& function, Version& version) {
  TRY_VOID(check_images(given, version));
  if (given.at("S3ObjectStorageMode").str() == "REFERENCE")
    return error("NotImplemented", "S3ObjectStorageMode REFERENCE is not implemented by Virga.");
  if (given.at("S3Bucket").str() == kHotReloadBucket) {
    const std::string& folder = given.at("S3Key").str();
    if (!folder.starts_with('/'))
      return refuse("InvalidParameterValueException",
                    fmt::format("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: {} is not "
                                "the absolute path of a folder.",
                                folder));
    version.code.clear();
    version.code_folder = folder;
    version.code_bytes = 0;
    version.code_sha256 = base::to_base64(base::sha256(folder));
    return {};
  }
  Package package = TRY(read_package(call, given, call.operation ? call.operation->name : "CreateFunction"));
  TRY_VOID(check_signature(function));
  const std::string sha256 = base::to_base64(base::sha256(package.bytes));
  const std::string& kms_key = given.at("SourceKMSKeyArn").str();
  if (sha256 == version.code_sha256 && !version.code.empty() && kms_key == version.code_kms_key) return {};
  if (function.tx.unrecorded().count(kCodeBytes, "") + std::ssize(package.bytes) > kCodeBytesMax)
    return error("CodeStorageExceededException", "Code storage limit exceeded.");
  auto kept = keep_code(call, package.bytes, package.unzipped_bytes, {kms_key, function.arn()});
  if (!kept && !kms_key.empty())
    return refuse(
        "InvalidParameterValueException",
        fmt::format("Lambda was unable to encrypt the code with the KMS key. KMS Exception: {} KMS Message: {}",
                    kept.error().code, kept.error().message));
  version.code = TRY(std::move(kept));
  version.code_folder.clear();
  version.code_kms_key = kms_key;
  version.code_bytes = std::ssize(package.bytes);
  version.code_sha256 = sha256;
  function.tx.add(kCodeBytes, "", version.code_bytes);
  return {};
}

}  // namespace lambda
