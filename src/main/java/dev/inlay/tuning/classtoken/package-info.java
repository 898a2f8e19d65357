/** Training of the class token alone. */
package dev.inlay.tuning.classtoken;
