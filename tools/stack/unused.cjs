'use strict';
// Stands for packages of dockerode that nothing of ours reaches (bundle.cjs).
module.exports = {};
