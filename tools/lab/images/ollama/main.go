// Ollama's own command line. Models are run by llama.cpp's server, which lies beside it in the image.
package main

import (
	"context"
	"os"

	"github.com/ollama/ollama/cmd"
)

func main() {
	if cmd.NewCLI().ExecuteContext(context.Background()) != nil {
		os.Exit(1)
	}
}
