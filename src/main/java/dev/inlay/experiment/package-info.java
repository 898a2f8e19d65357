/** Many runs as one piece of work that can be killed and resumed like a single run. */
package dev.inlay.experiment;
