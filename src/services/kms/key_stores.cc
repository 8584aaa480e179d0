// Custom key stores, of which there are none: they cannot be made here.
#include "services/kms/keys.h"

namespace kms {

namespace {

std::unexpected<base::Error> store_not_found(In in) {
  return error("CustomKeyStoreNotFoundException",
               fmt::format("Custom key store {} does not exist.",
                           in.has("CustomKeyStoreId") ? in.str("CustomKeyStoreId") : in.str("CustomKeyStoreName")));
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
base::Result<Out> DescribeCustomKeyStores(Call&, In in) {
  if (in.has("CustomKeyStoreId") || in.has("CustomKeyStoreName")) return store_not_found(in);
  return Out{{"CustomKeyStores", Value::List{}}, {"Truncated", false}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
base::Result<Out> ConnectCustomKeyStore(Call&, In in) { return store_not_found(in); }

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteCustomKeyStore.html
base::Result<Out> DeleteCustomKeyStore(Call&, In in) { return store_not_found(in); }

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html
base::Result<Out> DisconnectCustomKeyStore(Call&, In in) { return store_not_found(in); }

// https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html
base::Result<Out> UpdateCustomKeyStore(Call&, In in) { return store_not_found(in); }

}  // namespace kms
