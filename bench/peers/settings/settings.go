// Package settings reads what the benchmark tells its programs, from the environment.
package settings

import (
	"fmt"
	"os"
	"strconv"
)

// Text is the setting of this name, or an error that names it.
func Text(name string) (string, error) {
	value := os.Getenv(name)
	if value == "" {
		return "", fmt.Errorf("%s is not set: the benchmark starts this program", name)
	}
	return value, nil
}

// Number is a setting that is a whole number of at least 1.
func Number(name string) (int, error) {
	text, err := Text(name)
	if err != nil {
		return 0, err
	}
	return Count(name, text)
}

// Count reads a whole number of at least 1; name is what the error calls it.
func Count(name, text string) (int, error) {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		return 0, fmt.Errorf("%s must be a whole number of at least 1, not %q", name, text)
	}
	return value, nil
}
