#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/functions.h"
#include "services/lambda/layers.h"
#include "services/lambda/state.h"

// Which function a request means, and what is needed to run it. For all of Lambda.
namespace lambda {

// An error with the `Type` that Lambda's errors have: "User".
std::unexpected<base::Error> refuse(model::ErrorName<Model> code, std::string message);

// ---- names

// "my-function", "123456789012:function:my-function" or an ARN, each perhaps with a qualifier after it, taken apart.
struct FunctionName {
  store::Place place;
  std::string name;
  std::string qualifier;  // "$LATEST", a number, an alias's name; empty: none was given

  std::string arn() const;            // without the qualifier
  std::string qualified_arn() const;  // with it, where there is one
};

// With the request's Qualifier. Errors: InvalidParameterValueException, when the two qualifiers are not the same;
// ResourceNotFoundException, for functions of other regions; ValidationException for what is no name.
Result<FunctionName> parse_function_name(const Call& call, const std::string& function_name,
                                         const std::string& qualifier = {});
bool is_version_number(std::string_view qualifier);

// ---- functions

struct OpenFunction {
  store::Transaction tx;  // stands where the function does, which need not be the caller's account
  Function row;

  const store::Place& place() const { return tx.place(); }
  std::string arn() const;
  std::string arn(std::string_view qualifier) const;
  // In the tables of settings. The empty qualifier is that of $LATEST.
  std::string key(std::string_view qualifier) const;
};

std::optional<OpenFunction> get_function(Call& call, const store::Place& place, std::string_view name);
// Errors: ResourceNotFoundException.
Result<OpenFunction> find_function(Call& call, const FunctionName& name);
Result<OpenFunction> find_function(Call& call, In in);  // by FunctionName, whatever its qualifier

// "$LATEST" and the empty qualifier are the version that changes.
std::optional<Version> get_version(const OpenFunction& function, std::string_view qualifier);
std::optional<Alias> get_alias(const OpenFunction& function, std::string_view qualifier);

// A version of a function, as somebody asked for it.
struct Target {
  OpenFunction function;
  FunctionName asked;
  std::string alias;  // empty: it was not asked for by an alias
  Version version;

  // Of the version; unqualified for $LATEST unless a qualifier was given.
  std::string arn() const;
  // As it was asked for: what a function is told it was invoked by.
  std::string invoked_arn() const { return asked.qualified_arn(); }
  // The qualifier under which settings for it are kept: that of the alias, or of the version.
  std::string settings_qualifier() const;
};

enum class Routing {
  kPrimary,   // an alias is the version it names
  kWeighted,  // or, by the call's dice, one of its additional versions
};
// Errors: ResourceNotFoundException, in AWS's words.
Result<Target> find_target(Call& call, const FunctionName& name, Routing routing);
Result<Target> find_target(Call& call, In in, Routing routing = Routing::kPrimary);  // by FunctionName and Qualifier

// ---- what its environments are made of

// Those of FunctionRequest.
std::string environment_key(const Target& target);
std::string function_key(const Target& target);
std::string account_key(const Target& target);

using Variables = std::map<std::string, std::string>;
// Opens the variables; `as`, who asks KMS where they are sealed under a customer's key: the caller, or the execution
// role. Errors: KMS's own.
Result<Variables> open_variables(Call& call, const OpenFunction& function, const Version& version,
                                 const kernel::Client& as);
// The same for the code of a version under a customer's key, and its layers; the packages can be read from any thread.
Result<kernel::CodePackage> open_code(Call& call, const OpenFunction& function, const Version& version,
                                      const kernel::Client& as);
Result<std::vector<kernel::CodePackage>> open_layers(Call& call, const Version& version, const kernel::Client& as);

// All of FunctionEnvironment but the credentials among the variables, the log stream and `take_logs`. `as`: as above.
Result<kernel::FunctionEnvironment> environment_of(Call& call, const Target& target, const kernel::Client& as);

}  // namespace lambda
