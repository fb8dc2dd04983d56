// Loaded before the Firebase CLI. Its emulator of functions keeps connections to the Python processes for
// the next call, and these close what is idle for two seconds: a call at that moment fails, with 500.
require('node:http').globalAgent.keepAlive = false;
