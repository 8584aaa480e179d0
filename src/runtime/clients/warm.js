// A function that does nothing, for the client to be warm before it is given one.
exports.handler = async () => {};
