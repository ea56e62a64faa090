#include "CSparrow.h"
