#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// Rows of modules, true for a dark one.
using QrModules = std::vector<std::vector<bool>>;

// The QR code of some bytes (ISO/IEC 18004, byte mode, error correction level L, versions 1 to 20). Nothing for more
// than 858 bytes.
std::optional<QrModules> qr_code(std::string_view bytes);

// The code as a PNG picture, black on white, with the quiet zone around it; `scale` pixels a module.
std::string qr_code_png(const QrModules& modules, int scale);

}  // namespace base
